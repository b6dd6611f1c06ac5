"""Who may call us, and whom we call for them. `gate.Gate` and `servers.Servers` are the ways in."""
