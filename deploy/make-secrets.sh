#!/bin/sh
# Makes deploy/secrets for compose.yaml: passwords, keys, and a certificate that nobody trusts, to be replaced by a real one. What is
# there already stays, and gets its owner again. Needs openssl, and `npm ci` for the keys; as root, so that each file belongs to who reads it.
set -eu
cd "$(dirname "$0")"
[ "$(id -u)" = 0 ] || { echo "Run this as root (sudo deploy/make-secrets.sh): each file is to belong to who reads it." >&2; exit 1; }
mkdir -p secrets
chmod 711 secrets
umask 077

put() { # name, owner; the content comes in, and is there whole or not at all
  if [ ! -e "secrets/$1" ]; then
    cat > secrets/.new
    mv secrets/.new "secrets/$1"
  fi
  chmod 400 "secrets/$1"
  chown "$2" "secrets/$1"
}

postgres=$(openssl rand -hex 24)
redis=$(openssl rand -hex 24)
[ ! -e secrets/postgres_password ] || postgres=$(cat secrets/postgres_password)
printf %s "$postgres" | put postgres_password 0:0
printf 'postgres://openward:%s@postgres:5432/openward' "$postgres" | put database_url 10001:10001
printf 'postgres://openward:%s@chat-postgres:5432/openward_chat' "$postgres" | put chat_database_url 10001:10001
[ ! -e secrets/redis_settings ] || redis=$(sed -n 's/^requirepass //p' secrets/redis_settings)
printf 'requirepass %s\nmaxmemory 200mb\nmaxmemory-policy allkeys-lru\nsave ""\nappendonly no\nbind 0.0.0.0\n' "$redis" | put redis_settings 999:999
printf 'redis://:%s@redis:6379' "$redis" | put redis_url 10001:10001
if [ ! -e secrets/tls_key ] && [ ! -e secrets/tls_certificate ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=openward.example \
    -addext subjectAltName=DNS:openward.example -keyout secrets/.key -out secrets/.certificate 2> /dev/null
  put tls_certificate 33:33 < secrets/.certificate
  put tls_key 33:33 < secrets/.key
  rm secrets/.key secrets/.certificate
fi
for file in tls_certificate tls_key; do
  [ -e "secrets/$file" ] || { echo "deploy/secrets/$file is missing: put it beside the other one, or delete that one, and run this again." >&2; exit 1; }
  put "$file" 33:33 < /dev/null
done
if [ ! -e secrets/keys/keys.json ]; then
  KEYS_DIR="$PWD/secrets/keys" ../node_modules/.bin/node ../server/src/main.ts keys generate
fi
chown -R 10001:10001 secrets/keys
echo "deploy/secrets is there. Back up secrets/keys apart from the databases."
