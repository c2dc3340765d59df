# SPDX-License-Identifier: MIT
# gpg: symmetric encryption, a new key, signatures; secure memory in use
# needs: gpg gpgconf

export GNUPGHOME=$PWD/g
mkdir -m 700 g
trap 'gpgconf --kill all' EXIT
numbers 30000 >data
pass=(--batch --pinentry-mode loopback --passphrase)
gpg -q "${pass[@]}" secret -c --cipher-algo AES256 -o data.gpg data 2>log
gpg -q "${pass[@]}" secret -d data.gpg 2>>log | cmp - data && echo "same data"
gpg -q "${pass[@]}" '' --quick-gen-key test@example.org ed25519 sign never \
	2>>log
gpg -q --batch --list-keys --with-colons | grep -c '^pub:u:255:22'
gpg -q --batch -b data 2>>log
gpg --batch --status-fd 1 --verify data.sig data 2>>log | grep -o GOODSIG
gpg -q --batch --print-md SHA512 data
