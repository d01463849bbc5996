"""Commands of publication: enrol and revoke edges, publish."""
