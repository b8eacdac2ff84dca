"""People, employers' lists, contributions and the statements made from them."""
