#!/usr/bin/env bash
# Builds (first time: about 450 MB from Maven Central) and starts the HAPI FHIR JPA server: hapi.sh PORT
# Needs a JDK 17 or later and Maven (Debian: apt-get install default-jdk-headless maven).
set -euo pipefail
cd "$(dirname "$0")/hapi"
if [ ! -e target/classpath.txt ] || [ pom.xml -nt target/classpath.txt ] || [ src/main/java/FhirServer.java -nt target/classpath.txt ]; then
	mvn -B -q compile dependency:build-classpath -Dmdep.outputFile=target/classpath.txt
fi
exec java -Xmx1500m -cp "target/classes:$(cat target/classpath.txt)" FhirServer "$1"
