/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_changes.h - --change of secctr import: one line of a Dockerfile, applied to a configuration.
 *
 * CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR; "WORD VALUE" or "WORD=VALUE", as Podman.
 */
#ifndef SECCTR_CLI_IMAGE_CHANGES_H
#define SECCTR_CLI_IMAGE_CHANGES_H

#include "launcher/store/images.h"

int image_change(struct image *i, const char *text, struct err *e) MUST_CHECK;

#endif
