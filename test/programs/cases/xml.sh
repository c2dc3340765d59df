# SPDX-License-Identifier: MIT
# xml: xmllint parses, checks and searches 20,000 elements, xsltproc turns them
# needs: xmllint

{
	echo '<?xml version="1.0"?>'
	echo '<!DOCTYPE list [<!ELEMENT list (item*)><!ELEMENT item (w,t)>'
	echo '<!ATTLIST item n CDATA #REQUIRED><!ELEMENT w (#PCDATA)>'
	echo '<!ELEMENT t (#PCDATA)><!ENTITY e "entity">]>'
	echo '<list>'
	numbers 20000 | awk '{ printf "<item n=\"%d\"><w>%s &e;</w>" \
		"<t>%s</t></item>\n", $1, $2, $3 }'
	echo '</list>'
} >data.xml
xmllint --valid --noent --format data.xml >out/formatted.xml
xmllint --xpath 'count(//item[@n mod 7 = 3])' data.xml
xmllint --xpath '//item[position() < 4]/w/text()' data.xml
xmllint --stream --noout data.xml && echo "well formed"
xmllint --c14n data.xml | md5sum
sed '7000s/<t>/<u>/' data.xml | xmllint --noout - 2>errors || echo "status $?"
head -n 3 errors
[ -z "$(type -P xsltproc)" ] && exit
cat >style.xsl <<'END'
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="text"/>
<xsl:key name="k" match="item" use="t"/>
<xsl:template match="/">
<xsl:for-each select="//item[generate-id() = generate-id(key('k', t)[1])]">
<xsl:sort select="t"/>
<xsl:value-of select="concat(t, ' ', count(key('k', t)), ' ',
	sum(key('k', t)/@n), '&#10;')"/>
</xsl:for-each></xsl:template></xsl:stylesheet>
END
xsltproc style.xsl data.xml
