/* SPDX-License-Identifier: MIT */
/*
 * page.c - writes the HTML report. See page.h.
 *
 * The page is the JSON report, a style and a script; all that is seen is made
 * by the script (page.c.js) from the JSON, as text nodes and never as markup,
 * so that nothing in a name can become part of the page. The JSON writer
 * escapes what could end its <script>, and the page's own content policy
 * lets it load nothing and run no script but its two.
 *
 * There is room for ROOM bytes of stacks; the page says how many it left out.
 */
#include "page.h"

#include "embed.h"
#include "export.h"

EMBED(page_style, __FILE__ ".css");
EMBED(page_body, __FILE__ ".html");
EMBED(page_script, __FILE__ ".js");

#define ROOM (720u << 10)

void page_html(FILE *f, const struct subject *x, enum stack_value first)
{
	fprintf(f,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\""
		"default-src 'none'; style-src 'unsafe-inline'; "
		"script-src 'nonce-kvmalloc'\">\n"
		"<meta name=\"viewport\" "
		"content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"generator\" content=\"kvmalloc %s\">\n"
		"<title>kvmalloc report</title>\n<style>\n%s</style>\n"
		"</head>\n<body data-value=\"%s\">\n%s",
		KV_VERSION, page_style, value_info[first].name, page_body);
	fputs("<script type=\"application/json\" id=\"report\">", f);
	export_json_brief(f, x, ROOM);
	fprintf(f,
		"</script>\n<script nonce=\"kvmalloc\">\n%s</script>\n"
		"</body>\n</html>\n",
		page_script);
}
