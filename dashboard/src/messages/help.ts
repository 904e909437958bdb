/** Questions and answers, and how to reach a person. */
export const help = {
  title: 'Questions and answers',
  lead: 'The short answers. For anything else, write to support.',
  install: 'How long do the games take?',
  installLead: 'Measured from the payment. The install is the longest part, and each game has its own:',
  installRow: (game: string, usual: number, longest: number) => `${game}: usually ${usual} minutes, ${longest} at most`,
  items: [
    {
      question: 'When is my server ready?',
      answer:
        'Three to five minutes after your payment. Large games take longer to install; their usual time stands at the game and on your order page, which shows every step as it happens.',
    },
    {
      question: 'I paid and closed the page. What now?',
      answer:
        'Nothing is lost. Everything goes on without you. Log in, open “My servers”, and you see how far it is. We mail you when it is ready.',
    },
    {
      question: 'My card was declined.',
      answer: 'Nothing was charged and your place stays held for an hour. Open the order and pay with another card.',
    },
    {
      question: 'What if the server cannot be delivered?',
      answer:
        'Then we owe you a server or a refund, and the order page says so in plain words. We try again by ourselves, on another machine if need be, and a person is told. You need to do nothing.',
    },
    {
      question: 'How do I reach the panel?',
      answer:
        'Every server page has a link to the panel. It has a login of its own: your user name stands on your account page, where you can also set a new password for it.',
    },
    {
      question: 'How do I cancel?',
      answer:
        'On the order page, at the end of the paid period or at once. A cancellation at the end of the period can be undone until then.',
    },
    {
      question: 'What happens when a payment fails?',
      answer:
        'The service goes on for a few days of grace, then it is suspended, and only after a further week deleted. Each step is announced by mail, and paying brings everything back until the deletion.',
    },
  ],
  support: {
    title: 'Support',
    lead: 'Tell us what you see and what you expected. With the order number we can look at once.',
    orderId: 'Order number',
    orderIdHint: 'It stands on the order page. Leave it empty for anything else.',
    mail: 'Write a mail',
    site: 'Open the support site',
    subject: (orderId: string) => (orderId === '' ? 'Question' : `Order ${orderId}`),
    none: { title: 'No contact is set here', text: 'Whoever runs this installation has not named a support address yet.' },
    before: 'Before you write',
    beforeLink: 'Questions and answers',
  },
} as const;
