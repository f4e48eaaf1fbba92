// A real identity provider on loopback. Its people sign in by typing their name, on plain forms.
//
// The settings come as JSON in the only argument: issuer, port, clients, people (name -> claims), and whether claims about
// people stand in the ID token.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const settings = JSON.parse(process.argv[2]);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };

const provider = new Provider(settings.issuer, {
  clients: settings.clients,
  jwks: { keys: [key] },
  cookies: { keys: ['loopback'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  conformIdTokenClaims: !settings.in_id_token,
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  // No clients of others: whoever signs in has agreed already.
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
  async findAccount(_ctx, sub) {
    const claims = Object.values(settings.people).find((person) => person.sub === sub);
    return claims && { accountId: sub, claims: async () => claims };
  },
});
const oidc = provider.callback();

const page = (body) => `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Provider</title></head>
<body><main><h1>Provider</h1>${body}</main></body></html>`;

const form = (action) => page(`<form method="post" action="${action}">
<label for="login">Name</label><input id="login" name="login">
<button name="act" value="enter">Enter</button><button name="act" value="cancel">Cancel</button></form>`);

async function interact(request, response) {
  if (request.method !== 'POST') {
    await provider.interactionDetails(request, response);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return response.end(form(request.url));
  }
  let body = '';
  for await (const piece of request) body += piece;
  const fields = new URLSearchParams(body);
  const person = settings.people[fields.get('login')];
  if (fields.get('act') === 'cancel' || !person) {
    const refusal = { error: 'access_denied', error_description: 'End-User aborted interaction' };
    return provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
  }
  return provider.interactionFinished(request, response, { login: { accountId: person.sub } });
}

createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) return oidc(request, response);
  return interact(request, response).catch((error) => { response.statusCode = 500; response.end(String(error)); });
}).listen(settings.port, '127.0.0.1', () => console.log('ready'));
