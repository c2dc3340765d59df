/* SPDX-License-Identifier: MIT */
/*
 * cmd.c - the table of commands, and the parsing that is the same for all of
 * them. See cmd.h.
 */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "pager.h"

const struct command *const commands[] = {
#define X(name) &cmd_##name,
	COMMANDS(X)
#undef X
		NULL,
};

const struct command *command_find(const char *name)
{
	size_t i;

	for (i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

/* appends a letter to getopt's short options */
static void add_short(struct cmd_parser *p, int key, bool value)
{
	size_t n = strlen(p->shorts);

	if (key >= KEY_LONG || n + 3 > sizeof(p->shorts))
		return;
	p->shorts[n++] = (char)key;
	if (value)
		p->shorts[n++] = ':';
	p->shorts[n] = '\0';
}

void cmd_parser_init(struct cmd_parser *p, const struct command *cmd)
{
	const struct cmd_option *o;
	size_t n = 0;
	int id;

	memset(p, 0, sizeof(*p));
	strcpy(p->shorts, cmd->stops_early ? "+" : "");
	for (o = cmd->options;
	     o->name && n + KV_NR_OPTIONS + 3 < ARRAY_SIZE(p->longs); o++) {
		p->longs[n++] = (struct option){ o->name,
						 o->arg ? required_argument :
							  no_argument,
						 NULL, o->key };
		add_short(p, o->key, o->arg);
	}
	for (id = 0; cmd->takes_library && id < KV_NR_OPTIONS; id++)
		p->longs[n++] =
			(struct option){ opt_info[id].name,
					 opt_needs_value((enum kv_option)id) ?
						 required_argument :
						 optional_argument,
					 NULL, KEY_LIBRARY + id };
	if (cmd->pages)
		p->longs[n++] = (struct option){ "no-pager", no_argument, NULL,
						 KEY_NO_PAGER };
	p->longs[n] = (struct option){ "help", no_argument, NULL, KEY_HELP };
	add_short(p, KEY_HELP, false);
}

int cmd_next(struct cmd_parser *p, const struct command *cmd, int argc,
	     char **argv, int *status)
{
	int key;

	do {
		key = getopt_long(argc, argv, p->shorts, p->longs, NULL);
		if (key == KEY_NO_PAGER)
			pager_off();
	} while (key == KEY_NO_PAGER);
	*status = -1;
	if (key == KEY_HELP) {
		help_command(cmd);
		*status = STATUS_OK;
		return -1;
	}
	if (key == '?') {
		/* getopt has named the option */
		fprintf(stderr, "Try 'kvmalloc help %s'.\n", cmd->name);
		*status = STATUS_USAGE;
		return -1;
	}
	if (key == -1 && cmd->one && argc - optind > 1)
		*status = usage_error("one %s at a time, not also '%s'",
				      cmd->one, argv[optind + 1]);
	return key;
}

int cmd_number(const char *option, const char *text, uint64_t *value)
{
	if (!parse_u64(text, value))
		return 0;
	usage_error("%s %s: expected a number, 0 or more", option, text);
	return -1;
}
