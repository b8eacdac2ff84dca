"""What a letter costs: CPU seconds of Govah beside other ways to draw the same letter, and where ours go."""
