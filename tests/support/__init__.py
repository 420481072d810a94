"""What the whole-system tests share: processes, an HTTP client that checks the contract, and worlds to test in."""
