#!/usr/bin/env bash
# A report of DMARC is refused if it tells why the policy was not applied.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: dmarc-report-parser 0.1.5 (npm)
Guess:    A record may have a reason with a type and a comment (RFC 7489, appendix C), as for a mailing list; the XML
          declaration is optional (XML 1.0), and a report may be attached as it is (RFC 7489, section 7.2.1.1
          only recommends gzip; the package names ".xml").
Behavior: One reason makes the whole report invalid, and with it all reports of the same call. A report that is
          attached as XML is not found, and neither is a packed one without the declaration.
FACTS

npm install --silent --no-audit --no-fund --ignore-scripts dmarc-report-parser@0.1.5 > npm.log 2>&1

cat > report.xml <<'FILE'
<?xml version="1.0" encoding="UTF-8"?>
<feedback><version>1.0</version>
<report_metadata><org_name>B</org_name><email>dmarc@b.test</email><report_id>7</report_id>
<date_range><begin>1795737600</begin><end>1795823999</end></date_range></report_metadata>
<policy_published><domain>a.test</domain><p>reject</p><pct>100</pct></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>1</count>
<policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>fail</spf><!-- reason --></policy_evaluated></row>
<identifiers><header_from>a.test</header_from></identifiers>
<auth_results><spf><domain>list.test</domain><result>pass</result></spf></auth_results></record></feedback>
FILE

cat > try.cjs <<'FILE'
const { parseDmarcReportsFromXml, parseDmarcReportFromEmail } = require("dmarc-report-parser");
const { gzipSync } = require("zlib");
const plain = require("fs").readFileSync("report.xml", "utf8");
const reason = plain.replace("<!-- reason -->", "<reason><type>mailing_list</type><comment>a list</comment></reason>");
const bare = plain.slice(plain.indexOf("<feedback>"));
const email = (name, octets) => ["From: dmarc@b.test", "To: dmarc@a.test", "Subject: Report Domain: a.test", "MIME-Version: 1.0",
  `Content-Type: ${name.endsWith("gz") ? "application/gzip" : "text/xml"}; name="${name}"`,
  `Content-Disposition: attachment; filename="${name}"`,
  "Content-Transfer-Encoding: base64", "", octets.toString("base64"), ""].join("\r\n");
const tell = (name, parsed) => parsed.then(
  found => console.log(`${name}: ${found.totalReports} report, ${found.dkimFailures.length} failure of DKIM`),
  error => console.log(`${name}: ${/array/.test(error.message) ? "invalid, the reason is an array" : error.message}`));
(async () => {
  await tell("without reason", parseDmarcReportsFromXml([plain]));
  await tell("with reason", parseDmarcReportsFromXml([reason]));
  await tell("both", parseDmarcReportsFromXml([plain, reason]));
  await tell("attached, packed", parseDmarcReportFromEmail(email("b.test!a.test!1!2.xml.gz", gzipSync(plain))));
  await tell("attached, packed, no declaration", parseDmarcReportFromEmail(email("b.test!a.test!1!2.xml.gz", gzipSync(bare))));
  await tell("attached as XML", parseDmarcReportFromEmail(email("b.test!a.test!1!2.xml", Buffer.from(plain))));
})();
FILE

seen=$(node try.cjs)
expected=$(cat <<'EXPECTED'
without reason: 1 report, 1 failure of DKIM
with reason: invalid, the reason is an array
both: invalid, the reason is an array
attached, packed: 1 report, 1 failure of DKIM
attached, packed, no declaration: No DMARC reports found in email
attached as XML: No DMARC reports found in email
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
