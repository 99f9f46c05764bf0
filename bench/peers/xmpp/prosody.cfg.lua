-- As its documentation has it for an archive in PostgreSQL, without what the bench does not use: no TLS, no federation, no groups.
daemonize = false
run_as_root = true
pidfile = "FOLDER/prosody.pid"
data_path = "FOLDER"
log = { error = "*console" }
modules_enabled = { "saslauth", "websocket", "mam", "smacks" }
http_paths = { websocket = "/socket" }
http_ports = { PORT }
http_interfaces = { "127.0.0.1" }
http_default_host = "localhost"
https_ports = {}
c2s_ports = {}
s2s_ports = {}
consider_websocket_secure = true
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
-- Everybody is let in: who it is costs the others nothing either.
authentication = "insecure"
insecure_open_authentication = "Yes please, I know what I'm doing!"
default_storage = "memory"
-- Every message is kept, for both sides.
storage = { archive = "sql" }
default_archive_policy = true
archive_expires_after = "never"
sql = { driver = "PostgreSQL", host = "127.0.0.1", port = DATABASE_PORT, database = "DATABASE", username = "USER", password = "PASSWORD" }

VirtualHost "localhost"
