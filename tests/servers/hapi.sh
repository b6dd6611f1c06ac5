#!/usr/bin/env bash
# Builds (first time: about 450 MB from Maven Central) and starts a server of the Maven project in hapi/:
#   hapi.sh PORT            the HAPI FHIR JPA server
#   hapi.sh PORT Validator  HL7's validator with the definitions of FHIR R4
# Needs a JDK 17 or later and Maven (Debian: apt-get install default-jdk-headless maven).
set -euo pipefail
cd "$(dirname "$0")/hapi"
build() {
	# Two servers may be started at the same time; only one of them builds.
	flock 9
	[ -e target/classpath.txt ] && [ -z "$(find pom.xml src -newer target/classpath.txt)" ] ||
		mvn -B -q compile dependency:build-classpath -Dmdep.outputFile=target/classpath.txt
}
mkdir -p target
build 9>target/lock
class=${2:-FhirServer}
[ "$class" = Validator ] && memory=(-Xmx1g -XX:TieredStopAtLevel=1) || memory=(-Xmx1500m)
exec java "${memory[@]}" -cp "target/classes:$(cat target/classpath.txt)" "$class" "$1"
