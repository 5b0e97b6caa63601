"""Does the assurance that a study prints hold when the further record is simulated and the model fitted to it again?"""
