"""What is measured: demo data with a known truth, studies with known answers, speed against peers."""
