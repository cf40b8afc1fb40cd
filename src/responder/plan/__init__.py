"""How many patients would settle it?"""
