DROP TABLE credentials, secrets;
