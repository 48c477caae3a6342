"""Live restore: what a page was made of is recorded, and answers when the page is loaded again."""
