/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_parts.h - the parts of request_plan(), each with the options of one subject. Private to them.
 *
 * A part writes what the request asks for into the draft, in Podman's words and with its errors; it decides nothing.
 */
#ifndef SECCTR_CLI_REQUEST_PARTS_H
#define SECCTR_CLI_REQUEST_PARTS_H

#include "launcher/cli/run_request.h"

struct building {
	const struct run_request *r;
	const struct store *store;
	struct image image;		/* empty for --rootfs */
	struct plan *p;
};

/* request_env.c: environment, labels, annotations */
int request_env(struct building *b, struct err *e) MUST_CHECK;
/* HOSTNAME; once it is known whose host name it is. */
int request_env_hostname(struct building *b, struct err *e) MUST_CHECK;
int request_labels(struct building *b, struct err *e) MUST_CHECK;
/* request_process.c: groups, limits, umask, init, what is handed in */
int request_process(struct building *b, struct err *e) MUST_CHECK;
/* request_systemd.c: once the command is known; after the mounts that were asked for; after the standard ones and the name spaces */
int request_systemd(struct building *b, struct err *e) MUST_CHECK;
int request_systemd_mounts(struct building *b, struct err *e) MUST_CHECK;
int request_systemd_cgroups(struct building *b, struct err *e) MUST_CHECK;
/* request_devices.c */
int request_devices(struct building *b, struct err *e) MUST_CHECK;
/* request_ns.c: name spaces and sysctls; after the standard mounts are there */
int request_namespaces(struct building *b, struct err *e) MUST_CHECK;
/* request_copies.c: secrets, zone data, init, volumes and images of others */
int request_copies(struct building *b, struct err *e) MUST_CHECK;
int request_volumes_from(struct building *b, struct err *e) MUST_CHECK;
int request_image_mount(struct building *b, const char *image, const char *target, struct plan_mount **ret,
			struct err *e) MUST_CHECK;
/* request_log.c */
int request_log(struct building *b, struct err *e) MUST_CHECK;

#endif
