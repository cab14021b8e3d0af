# SPDX-License-Identifier: Apache-2.0
# tsa.bash - the keys and the configuration of the authorities that tests/cli/tsa plays; the CLI tests and the VM make them alike.
# shellcheck shell=bash

# Authorities "good" (of ca.pem), "expired" (its certificate was valid in 2020), "other" (of ca2.pem), "plain" (its certificate is not for time
# stamps), "weak" (signs with SHA-1), and a server's certificate for localhost (of tls-ca.pem).
make_tsa() { # DIR
	local d=$1 name
	{
		printf '[req]\ndistinguished_name = dn\n[dn]\n'
		printf '[stamps]\nbasicConstraints = critical,CA:false\nextendedKeyUsage = critical,timeStamping\n'
		printf '[signs]\nbasicConstraints = critical,CA:false\n[server]\nsubjectAltName = DNS:localhost\n'
		printf '[ca]\nbasicConstraints = critical,CA:true\n'
		for name in good expired other weak; do
			printf '[%s]\nserial = %s/serial.%s\nsigner_cert = %s/%s.pem\nsigner_key = %s/%s.key\nsigner_digest = %s\n' \
				$name "$d" $name "$d" $name "$d" $name "$([ $name = weak ] && echo sha1 || echo sha256)"
			printf 'default_policy = 1.2.3.4\nother_policies = 1.2.3.5\ndigests = sha256\ness_cert_id_alg = sha256\n'
			echo 01 >"$d/serial.$name"
		done
	} >"$d/tsa.cnf"
	for name in ca ca2 tls-ca; do
		openssl req -x509 -config "$d/tsa.cnf" -extensions ca -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$d/$name.key" \
			-out "$d/$name.pem" -days 2 -subj "/CN=test $name" 2>/dev/null
	done
	# openssl ca, as openssl x509 of Debian 12 gives no certificate a begin.
	mkdir -p "$d/new"
	printf '[ca]\ndefault_ca = d\n[d]\nnew_certs_dir = %s/new\ndatabase = %s/index\nserial = %s/serial\ndefault_md = sha256\npolicy = p\nunique_subject = no\n[p]\ncommonName = supplied\n' \
		"$d" "$d" "$d" >"$d/ca.cnf"
	: >"$d/index"
	echo 01 >"$d/serial"
	tsa_certificate "$d" good ca stamps -days 2
	tsa_certificate "$d" expired ca stamps -startdate 20200101000000Z -enddate 20201231000000Z
	tsa_certificate "$d" other ca2 stamps -days 2
	tsa_certificate "$d" plain ca signs -days 2
	tsa_certificate "$d" weak ca stamps -days 2
	tsa_certificate "$d" tls tls-ca server -days 2
}

tsa_certificate() { # DIR NAME CA EXTENSIONS OPTIONS of openssl ca
	local d=$1 name=$2 ca=$3 extensions=$4
	shift 4
	openssl req -config "$d/tsa.cnf" -newkey rsa:2048 -nodes -keyout "$d/$name.key" -out "$d/$name.req" -subj "/CN=test $name" 2>/dev/null
	openssl ca -batch -notext -config "$d/ca.cnf" -cert "$d/$ca.pem" -keyfile "$d/$ca.key" -extfile "$d/tsa.cnf" -extensions "$extensions" \
		-in "$d/$name.req" -out "$d/$name.pem" "$@" 2>/dev/null
}

# Sets TSA_HTTP and TSA_HTTPS; ends with the shell that calls it, or by TSA_PID.
start_tsa() { # DIR
	rm -f "$1/ports"
	"${BASH_SOURCE[0]%.bash}" "$1" 3>&- &
	TSA_PID=$!
	for _ in {1..100}; do
		[ ! -e "$1/ports" ] || break
		sleep 0.05
	done
	read -r TSA_HTTP TSA_HTTPS <"$1/ports"
}
