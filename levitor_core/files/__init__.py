"""What comes from disk and goes there: hostile uploads -> arrays, projects as files, videos. Raises InputError."""
