"""What makes training faster on CPUs, without a change of results."""
