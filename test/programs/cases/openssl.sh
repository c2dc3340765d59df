# SPDX-License-Identifier: MIT
# openssl: ciphers, digests, keys, certificates, signatures
# needs: openssl

numbers 100000 >data
while read -r cipher bytes; do
	openssl enc -"$cipher" -K "$(printf "%0$((bytes * 2))d" 7)" \
		-iv "$(printf '%032d' 9)" -in data -out "out/$cipher"
done <<END
aes-256-cbc 32
aes-128-ctr 16
camellia-192-cbc 24
chacha20 32
END
openssl enc -d -aes-256-cbc -pbkdf2 -pass pass:secret -in <(openssl enc \
	-aes-256-cbc -pbkdf2 -pass pass:secret -in data) | cmp - data
for digest in md5 sha1 sha256 sha512 sha3-256 blake2b512; do
	openssl dgst -"$digest" data
done
openssl dgst -sha256 -hmac key data
openssl base64 -in data | openssl base64 -d | cmp - data

openssl genrsa -out rsa.pem 2048 2>/dev/null
openssl ecparam -name prime256v1 -genkey -noout -out ec.pem
openssl genpkey -algorithm ed25519 -out ed.pem
for key in rsa ec; do
	openssl pkey -in $key.pem -pubout -out $key.pub
	openssl dgst -sha256 -sign $key.pem -out $key.sig data
	openssl dgst -sha256 -verify $key.pub -signature $key.sig data
done
openssl rsa -in rsa.pem -check -noout 2>/dev/null
openssl req -x509 -new -key rsa.pem -subj '/CN=ca' -days 10 -out ca.pem
openssl req -new -key ec.pem -subj '/CN=leaf/O=test' -out leaf.csr
openssl x509 -req -in leaf.csr -CA ca.pem -CAkey rsa.pem -set_serial 5 \
	-days 5 -out leaf.pem 2>/dev/null
openssl verify -CAfile ca.pem leaf.pem
openssl x509 -in leaf.pem -noout -subject -issuer -serial
openssl pkcs12 -export -inkey ec.pem -in leaf.pem -passout pass:x -out p12
openssl pkcs12 -in p12 -passin pass:x -nodes -nokeys | grep -c BEGIN
openssl cms -sign -signer leaf.pem -inkey ec.pem -in data -outform DER \
	-out cms -nodetach -binary
openssl cms -verify -inform DER -in cms -CAfile ca.pem -purpose any \
	-out back 2>/dev/null
cmp back data && echo "same data"
