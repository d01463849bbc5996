"""400, one-number and switchboard services, clean-up, agents, blacklist (工信部网安函〔2016〕452号 arts. 5–7)."""
