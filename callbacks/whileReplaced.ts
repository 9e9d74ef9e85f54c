/** Gives `owner[key]` another value while `body` runs and leaves no trace: also an inherited property is inherited again. */
export function whileReplaced<T>(owner: object, key: string, value: unknown, body: () => T): T {
  const own = Object.getOwnPropertyDescriptor(owner, key);
  if (own?.writable) return whileAssigned(owner as Record<string, unknown>, key, value, body);
  Object.defineProperty(owner, key, {
    value,
    configurable: true,
    writable: true,
    enumerable: own?.enumerable ?? false,
  });
  try {
    return body();
  } finally {
    if (own) Object.defineProperty(owner, key, own);
    else Reflect.deleteProperty(owner, key);
  }
}

/** The same for a plain property of its own: defining one anew is slow, and slows down what looks at the object afterwards. */
function whileAssigned<T>(owner: Record<string, unknown>, key: string, value: unknown, body: () => T): T {
  const before = owner[key];
  owner[key] = value;
  try {
    return body();
  } finally {
    owner[key] = before;
  }
}

/**
 * The same where the property is found on the way up from `object`: as good for one that is the only one of its kind, such as the
 * engine, and nothing has to be defined and deleted.
 */
export function whileInherited<T>(object: object, key: string, value: unknown, body: () => T): T {
  let owner = object;
  while (!Object.hasOwn(owner, key)) owner = Object.getPrototypeOf(owner) as object;
  return whileReplaced(owner, key, value, body);
}
