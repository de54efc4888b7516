"""How well the words about a shot fit its pictures: a number by a model that compares texts with pictures."""
