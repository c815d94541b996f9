"""What an encoder reads: each kind of source becomes embedded vectors and a mask."""
