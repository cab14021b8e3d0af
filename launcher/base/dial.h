/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dial.h - a TCP connection to a host by name, for a program that has libcurl speak over it after it gave up making any (powerless.h).
 */
#ifndef SECCTR_BASE_DIAL_H
#define SECCTR_BASE_DIAL_H

#include "launcher/base/err.h"

/*
 * getaddrinfo(3) and connect(2) to one address after another, each at most `each_ms`, all of them `wait_ms` (the name service has time-outs
 * of its own: resolv.conf(5)). `host` may be an address in brackets, which this takes away. *ret: non-blocking. ERR_NOTFOUND: no such
 * name; ERR_TIMEOUT; ERR_SYSTEM: what the last address said, or a name service that does not answer now.
 */
int dial(char *host, const char *port, long each_ms, long wait_ms, int *ret, struct err *e) MUST_CHECK NONNULL(1, 2, 5, 6);

#endif
