"""Operations for both ways to run: status, backup, restore."""
