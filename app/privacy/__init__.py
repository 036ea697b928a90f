"""What a person may ask of us about their own data: consents, a copy of everything, erasure; and what is not kept for ever."""
