#!/bin/sh
# The commands that made every other file in this folder, from keys of ../../tests/push/fixtures/keys and two RSA keys
# and a P-256 one that nobody kept. Run it here to make new ones; nothing depends on their exact values, but the seeds
# in ../corpus are made of them.
#
#   payload, other      two commits; the first is what everything here but `certificate` signs
#   <name>.sshsig       the signature of the SSH key <name> over payload, binary
#   <name>.openpgp      the signature of the OpenPGP key <name> over payload, binary
#   certificate         a push certificate signed by bob
#   rsa.pub, *.asc      the public halves of the keys that are nowhere else
#   authority.krl       revokes judy's certificate by its serial number
set -eu
umask 077
keys=$(cd ../../tests/push/fixtures/keys && pwd)
work=$(mktemp -d)
trap 'gpgconf --homedir "$work" --kill gpg-agent; rm -rf "$work"' EXIT
cp "$keys"/* "$work"

commit() { printf 'tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@x> 1750000000 +0000\ncommitter A <a@x> 1750000000 +0000\n\n%s\n' "$1"; }
commit 'add a door' > payload
commit 'add a window' > other

ssh-keygen -q -t rsa -b 2048 -N '' -C rsa -f "$work/rsa"
cp "$work/rsa.pub" rsa.pub
for name in bob carol dave erin-at-home ivan-cert.pub judy-cert.pub mallory oscar rsa
do
    ssh-keygen -q -Y sign -n git -f "$work/$name" < payload | sed '1d;$d' | base64 -d > "${name%-cert.pub}.sshsig"
done
ssh-keygen -q -Y sign -n file -f "$work/bob" < payload | sed '1d;$d' | base64 -d > bob-for-files.sshsig
printf 'serial: 2\n' > "$work/specification"
ssh-keygen -q -k -f authority.krl -s "$work/authority.pub" "$work/specification"

openpgp() { gpg --homedir "$work" --batch --quiet --no-tty --trust-model always --pinentry-mode loopback --passphrase '' "$@"; }
for name in alice grace heidi; do openpgp --import "$work/$name.secret.asc"; done
openpgp --faked-system-time 20240101T000000 --quick-gen-key 'rsa' rsa2048 cert,sign never
openpgp --faked-system-time 20240101T000000 --quick-gen-key 'p256' nistp256 cert,sign never
for name in rsa p256; do openpgp --armor --export "$name" > "$name.asc"; done
for name in alice grace heidi rsa p256
do
    openpgp --faked-system-time 20250615T150640 --detach-sign --local-user "$name" < payload > "$name.openpgp"
done

a=1111111111111111111111111111111111111111
z=0000000000000000000000000000000000000000
printf 'certificate version 0.1\npusher bob 1750000000 +0000\npushee file:///x\nnonce 1-ab\npush-option one\n\n%s %s refs/heads/main\n%s %s refs/tags/v1\n' $z $a $a $z > "$work/statement"
ssh-keygen -q -Y sign -n git -f "$work/bob" < "$work/statement" | cat "$work/statement" - > certificate
chmod 644 payload other certificate authority.krl ./*.sshsig ./*.openpgp ./*.asc ./*.pub
