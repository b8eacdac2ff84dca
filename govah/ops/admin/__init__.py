"""The operator's commands of all services, as one: `docker-compose run --rm admin …`."""
