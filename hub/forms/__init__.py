"""Forms: what people are asked, in versions, and whether what they answer will do."""
