"""What topics deliver by e-mail."""
