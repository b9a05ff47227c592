#!/usr/bin/env bash
# A message that passed DMARC is listed as failed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat <<'FACTS'
Software: dmarc-cat 0.15.0 (Debian 12)
Guess:    A line shows what the report says of the alignment, policy_evaluated (RFC 7489, appendix C), and both signatures
          if there are two, as an email service makes them.
Behavior: RFrom and RDKIM are those of the last signature in the report. The same result is "fail" with the service's
          domain or "pass" with one's own, by the order in which the receiver wrote them; policy_evaluated is not shown.
FACTS

for package in dmarc-cat=0.15.0; do
    [ "$(dpkg-query -W -f '${source:Upstream-Version}' "${package%%=*}" 2> /dev/null)" = "${package#*=}" ] ||
        { echo "apt-get install ${package%%=*}, which is ${package#*=}"; exit 1; }
done

report() {
    cat > "example.net!example.com!1796000000!1796086399.xml" <<FILE
<?xml version="1.0" encoding="UTF-8"?>
<feedback><version>1.0</version>
<report_metadata><org_name>Example</org_name><email>dmarc@example.net</email><report_id>1</report_id>
<date_range><begin>1796000000</begin><end>1796086399</end></date_range></report_metadata>
<policy_published><domain>example.com</domain><adkim>r</adkim><aspf>r</aspf><p>reject</p><sp>none</sp><pct>100</pct><fo>0</fo>
</policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>3</count>
<policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>example.com</header_from></identifiers>
<auth_results>$1$2<spf><domain>bounce.service.example</domain><result>pass</result></spf></auth_results></record></feedback>
FILE
    dmarc-cat -N example*.xml 2>&1 | tail -n 3 | tr -s ' ' | sed 's/ $//; /^$/d'
}
own="<dkim><domain>example.com</domain><selector>s1</selector><result>pass</result></dkim>"
service="<dkim><domain>service.example</domain><selector>s2</selector><result>fail</result></dkim>"

seen=$(report "$own" "$service"; report "$service" "$own")
expected=$(cat <<'EXPECTED'
IP Count From RFrom RDKIM RSPF
192.0.2.1 3 example.com service.example fail pass
IP Count From RFrom RDKIM RSPF
192.0.2.1 3 example.com example.com pass pass
EXPECTED
)
echo "Output:"
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
    echo "This has changed. Expected:"
    printf '%s\n' "$expected"
    exit 1
fi
