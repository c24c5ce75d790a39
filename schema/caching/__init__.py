"""The response cache: answers that everybody may have, kept until what they tell is written."""
