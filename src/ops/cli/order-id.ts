/** What names an order on the command line. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** In lower case, as the streams are named. */
export const checkedOrderId = (id: string): string => {
  if (!UUID.test(id)) throw new Error(`${id} is not the id of an order`);
  return id.toLowerCase();
};
