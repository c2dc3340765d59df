# SPDX-License-Identifier: MIT
# ssh-keygen: keys of three kinds, signatures, certificates, known hosts
# needs: ssh-keygen ssh-agent ssh-add

# Keys are random: what is compared is that they work.
for type in ed25519 ecdsa rsa; do
	ssh-keygen -q -t "$type" -N '' -C "$type key" -f "$type"
	ssh-keygen -l -f "$type.pub" | sed 's/SHA256:[^ ]*/SUM/'
	ssh-keygen -y -f "$type" | cmp - "$type.pub" && echo "same key"
done
echo text >file
echo "me $(cat ed25519.pub)" >allowed
ssh-keygen -q -Y sign -f ed25519 -n test file
ssh-keygen -Y verify -f allowed -I me -n test -s file.sig <file |
	sed 's/SHA256:.*/SUM/'
ssh-keygen -q -s rsa -I id -n me,you -V 20010101:20400101 -z 7 ecdsa.pub
ssh-keygen -L -f ecdsa-cert.pub | sed 's/SHA256:[^ ]*/SUM/'
for i in {1..200}; do
	echo "host$i $(cut -d' ' -f1,2 ed25519.pub)"
done >known
ssh-keygen -H -f known >/dev/null 2>&1
ssh-keygen -F host77 -f known | grep -c ed25519
ssh-keygen -p -q -N secret -f rsa
ssh-keygen -y -P secret -f rsa | cmp - rsa.pub && echo "same key"
ssh-agent sh -c 'ssh-add -q ed25519 ecdsa; ssh-add -l; kill "$SSH_AGENT_PID"' |
	sed 's/SHA256:[^ ]*/SUM/'
