/**
 * Takes secrets out of what is shown of environments and endpoints: passwords in URLs, values of variables whose
 * name says that they are secret. What a setting is can be told without them.
 */

const USER_IN_URL = /:\/\/[^\s/@"']{1,512}@/g;
const SECRET_VARIABLE =
  /\b([A-Z][A-Z0-9_]{0,64}(?:HEADERS|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|API_KEY|ACCESS_KEY(?:_ID)?)[A-Z0-9_]{0,32}=)[^\s"']{1,4096}/g;

export function withoutSecrets(text: string): string {
  return text.replace(USER_IN_URL, '://***@').replace(SECRET_VARIABLE, '$1***');
}
