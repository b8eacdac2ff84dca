"""The portal: every step on a screen, server-rendered, over the services' public API. See README.md."""
