/** Has a class given its instances a property of this name that can be set? */
export function hasSetter(instance: object, name: string): boolean {
  for (
    let at = Object.getPrototypeOf(instance) as object | null;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property !== undefined) return property.set !== undefined && at !== Object.prototype;
  }
  return false;
}
