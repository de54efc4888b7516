"""What a prompt asks of a video in cinematic language, and questions by which people judge whether it was done."""
