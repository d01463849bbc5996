"""`haodun manage` commands of publication."""
