"""From a spec and a panel to a posterior with its checks."""
