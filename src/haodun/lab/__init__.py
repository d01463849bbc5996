"""A synthetic country to train, test and measure on."""
