/* SPDX-License-Identifier: Apache-2.0 */
/* attrs.h - the compiler attributes we use, named once. Includes nothing. */
#ifndef SECCTR_BASE_ATTRS_H
#define SECCTR_BASE_ATTRS_H

#define MUST_CHECK	__attribute__((warn_unused_result))
#define PRINTF(f, a)	__attribute__((format(printf, f, a)))
#define NONNULL(...)	__attribute__((nonnull(__VA_ARGS__)))
#define NORETURN	__attribute__((noreturn))
#define UNUSED		__attribute__((unused))
#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))

#endif
