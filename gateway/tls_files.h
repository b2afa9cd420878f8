/* tls_files.h - a certificate and its private key, from their files to a context */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_TLS_FILES_H
#define GATEWAY_TLS_FILES_H

struct ssl_ctx_st;

/*
 * Gives the context, an SSL_CTX, the certificate with its chain and the key; both are PEM. A name
 * without a slash is that of a file in $CREDENTIALS_DIRECTORY, where there is one. The key's file
 * may not be readable by others. 0, or -errno after logging which file it is and why.
 */
int tls_files_load(struct ssl_ctx_st *context, const char *certificate, const char *key);

#endif
