"""Cases: orders and appeals."""
